#!/usr/bin/env bash
# EventBridge's own matcher says that a field which is an object does not exist
#
# Software: Maven software.amazon.event.ruler:event-ruler 1.8.1, which Amazon publishes as the engine of EventBridge; Java.
# Expected: {"exists": false} matches where the field is missing, {"exists": true} where it is there, and "anything-but" a
#   value refuses an event that has the value.
# Happens: only leaves exist. A field that holds an object, or an empty list, "does not exist", and one that holds null
#   does. "anything-but" of a list matches as soon as any other element is in it, and never a missing field. An exact
#   integer above 2^53 cannot be compared.
# Matters: a rule that sends events without "error" to one queue also takes those whose error is an object. Events need a
#   string to be matched by (a status), and amounts that a rule compares have to stay below 2^53.
. "${BASH_SOURCE%/*}/lab.bash"
maven_install software.amazon.event.ruler:event-ruler:1.8.1

cat >Probe.java <<'END'
import software.amazon.event.ruler.Machine;

public class Probe {
  public static void main(String[] arguments) throws Exception {
    show("{'error':[{'exists':false}]}", "{'error':{'code':'timeout'}}");
    show("{'error':[{'exists':true}]}", "{'error':{'code':'timeout'}}");
    show("{'error':[{'exists':false}]}", "{'error':[]}");
    show("{'error':[{'exists':true}]}", "{'error':null}");
    show("{'tags':[{'anything-but':['test']}]}", "{'tags':['test','nightly']}");
    show("{'tags':[{'anything-but':['test']}]}", "{'other':1}");
    show("{'nano':[{'numeric':['>',9007199254740993]}]}", "{'nano':9007199254740994}");
  }

  static void show(String pattern, String event) {
    String outcome;
    try {
      Machine machine = new Machine();
      machine.addRule("rule", pattern.replace('\'', '"'));
      outcome = machine.rulesForJSONEvent(event.replace('\'', '"')).isEmpty() ? "no match" : "match";
    } catch (Exception refused) {
      outcome = "refused";
    }
    System.out.println(pattern + " " + event + ": " + outcome);
  }
}
END

holds "$(java -cp 'jars/*' Probe.java 2>notes)" <<'END'
{'error':[{'exists':false}]} {'error':{'code':'timeout'}}: match
{'error':[{'exists':true}]} {'error':{'code':'timeout'}}: no match
{'error':[{'exists':false}]} {'error':[]}: match
{'error':[{'exists':true}]} {'error':null}: match
{'tags':[{'anything-but':['test']}]} {'tags':['test','nightly']}: match
{'tags':[{'anything-but':['test']}]} {'other':1}: no match
{'nano':[{'numeric':['>',9007199254740993]}]} {'nano':9007199254740994}: refused
END
