#!/usr/bin/env bash
# "Retry-After: 60" makes OTLP exporters drop the batch at once; without the header they ask again
#
# Software: npm @opentelemetry/exporter-logs-otlp-http 0.301.0 with sdk-logs 3.1.1; PyPI
#   opentelemetry-exporter-otlp-proto-http 1.45.2 with opentelemetry-sdk 1.45.2.
# Expected: OTLP tells a client to wait as long as Retry-After says, then to send the batch again.
# Happens: an export has ten seconds in all. A Retry-After that is longer than what is left of them ends it on the spot: one
#   request, and the batch is gone. A 503 that says nothing is asked again after a second, and so is one that says 2.
# Matters: a receiver that is overloaded for a minute and says so truthfully loses every batch of that minute; one that
#   says two seconds, several times over, loses few. Say little, whatever the outage.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install @opentelemetry/api@1.10.0 @opentelemetry/api-logs@0.223.1 @opentelemetry/sdk-logs@3.1.1 \
  @opentelemetry/exporter-logs-otlp-http@0.301.0
pip_install opentelemetry-sdk==1.45.2 opentelemetry-exporter-otlp-proto-http==1.45.2

cat >node.mjs <<'END'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
const exporter = new OTLPLogExporter({ url: process.argv[2] });
const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
provider.getLogger('probe').emit({ body: 'hello' });
await provider.shutdown().catch(() => undefined);
END
cat >python.py <<'END'
import logging, sys
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
logging.disable()
provider = LoggerProvider()
provider.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(endpoint=sys.argv[1])))
provider.get_logger("probe").emit(LogRecord(body="hello"))
provider.shutdown()
END
cat >probe.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';

for (const [name, command] of [['JavaScript', ['node', 'node.mjs']], ['Python', ['python/bin/python', 'python.py']]])
  for (const headers of [{}, { 'retry-after': '2' }, { 'retry-after': '60' }]) {
    let requests = 0;
    const server = createServer((request, answer) => {
      requests += 1;
      request.resume();
      if (requests === 1) answer.writeHead(503, headers).end();
      else answer.writeHead(200).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${server.address().port}/v1/logs`;
    await once(spawn(command[0], [command[1], url], { stdio: ['ignore', 'inherit', 'inherit'] }), 'exit');
    console.log(`${name}, 503 with ${JSON.stringify(headers)}: ${requests === 1 ? 'dropped' : 'sent again'}`);
    server.close();
    server.closeAllConnections();
  }
END

holds "$(node probe.mjs)" <<'END'
JavaScript, 503 with {}: sent again
JavaScript, 503 with {"retry-after":"2"}: sent again
JavaScript, 503 with {"retry-after":"60"}: dropped
Python, 503 with {}: sent again
Python, 503 with {"retry-after":"2"}: sent again
Python, 503 with {"retry-after":"60"}: dropped
END
