/** Units that are dropped after a number: `12 ms` and `3 seconds` differ in nothing that names the event. */
export const UNITS: ReadonlySet<string> = new Set(
  (
    'ns us ms s sec secs second seconds millis milliseconds millisecond microseconds microsecond nanoseconds ' +
    'min mins minute minutes h hr hrs hour hours day days ' +
    'b byte bytes kb kib mb mib gb gib tb tib k m g hz khz mhz ghz bps kbps mbps'
  ).split(' '),
);

/** Values that are written as words: answers, nothing, parts of dates. */
export const VALUE_WORDS: ReadonlySet<string> = new Set(
  (
    'true false True False TRUE FALSE null NULL nil undefined None NaN ' +
    'Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday ' +
    'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ' +
    'UTC GMT EST EDT CST CDT MST MDT PST PDT CET CEST BST IST JST ' +
    'January February March April June July August September October November December'
  ).split(' '),
);

/** Members whose value is a sentence of its own, not one value. */
export const MESSAGE_KEYS: ReadonlySet<string> = new Set(
  'msg message error err reason cause exception event detail details description text log body'.split(
    ' ',
  ),
);

/** A word after one of these names an instance: two words in that place are one template. */
const SLOT_NOUNS: ReadonlySet<string> = new Set(
  (
    'user users username account tenant customer client member group role owner ' +
    'host hostname node server peer machine instance cluster region zone domain ' +
    'service services app application component module plugin driver package container pod image ' +
    'task job worker executor thread process proc program command unit ' +
    'queue topic exchange channel stream partition shard ' +
    'table database db schema collection index bucket key keyspace volume disk device interface namespace ' +
    'file directory path endpoint route method function class bean property attribute field parameter ' +
    'name id uuid for named called'
  ).split(' '),
);

/** Words that say how something ended or which way it went: two of them are never one template. */
const STATUS_WORDS: ReadonlySet<string> = new Set(
  (
    'begin begins began end ends ended start starts started starting stop stops stopped stopping ' +
    'finish finished complete completed done abort aborted cancel canceled cancelled skip skipped ' +
    'fail fails failed failing failure succeed succeeds succeeded success successful successfully ' +
    'ok error errors warn warning info debug fatal critical ' +
    'open opens opened opening close closes closed closing ' +
    'enable enabled enabling disable disabled disabling on off up down in out ' +
    'connect connected connecting disconnect disconnected disconnecting reconnect reconnected ' +
    'accept accepted reject rejected allow allowed deny denied grant granted refused ' +
    'add added adding remove removed removing create created creating delete deleted deleting ' +
    'insert inserted update updated drop dropped read reading write writing wrote get set put ' +
    'send sending sent receive receiving received ' +
    'lock locked unlock unlocked acquire acquired acquiring release released releasing ' +
    'login logout mount mounted unmount unmounted load loaded loading unload unloaded ' +
    'register registered unregister unregistered subscribe subscribed unsubscribe unsubscribed ' +
    'enter entered entering exit exited exiting leave left join joined ' +
    'active inactive alive dead valid invalid known unknown found missing online offline ' +
    'healthy unhealthy available unavailable ready present absent full empty ' +
    'increase increased decrease decreased push pushed pull pulled pause paused resume resumed ' +
    'pass passed before after first last not no yes timeout expired'
  ).split(' '),
);

/** Of `StationName` and `station_name` the last part counts. */
export const isSlotNoun = (word: string): boolean => {
  const [last = word] = LAST_PART.exec(word) ?? [];
  return SLOT_NOUNS.has(last.toLowerCase());
};

const LAST_PART = /(?:[A-Z]?[a-z]+|[A-Z]+)$/;

const CLASS_OF_FAILURE = /(?:Exception|Error|Fault|Failure)$/;
const CAPITALS_ALONE = /^[^a-z]*$/;

/** Whether a word may ever become a variable of its template. */
export const mayVary = (word: string): boolean =>
  !STATUS_WORDS.has(word.toLowerCase()) &&
  !CAPITALS_ALONE.test(word) &&
  !CLASS_OF_FAILURE.test(word);
