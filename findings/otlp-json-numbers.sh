#!/usr/bin/env bash
# OpenTelemetry's JSON exporter for JavaScript loses NaN and sends an int64 that no int64 holds
#
# Software: npm @opentelemetry/exporter-logs-otlp-http and -proto 0.301.0, sdk-logs 3.1.1; PyPI opentelemetry-proto 1.45.2
#   with protobuf 7.36.2 as the reader.
# Expected: OTLP's JSON and protobuf are two encodings of one message: the values of a record are the same in both.
# Happens: NaN and Infinity are null in JSON ("NaN" would be right), which reads as no value. 1e21 is an int64 in JSON that
#   no int64 holds, and Python's reader refuses the whole request for it; by protobuf it is a double. 2 ** 60 arrives with
#   other last digits. A Date and a bigint are left out of both without a word.
# Matters: one odd gauge in one record costs its batch at a strict receiver, and only with the exporter that is easier to
#   read. A receiver does better to drop the one attribute; a sender, to choose protobuf.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install @opentelemetry/api@1.10.0 @opentelemetry/api-logs@0.223.1 @opentelemetry/sdk-logs@3.1.1 \
  @opentelemetry/exporter-logs-otlp-http@0.301.0 @opentelemetry/exporter-logs-otlp-proto@0.301.0
pip_install opentelemetry-proto==1.45.2 protobuf==7.36.2

cat >probe.mjs <<'END'
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';

const values = { nan: NaN, infinity: Infinity, large: 2 ** 60, huge: 1e21, date: new Date(0), bigint: 10n };
for (const [encoding, Exporter] of [['json', JsonExporter], ['proto', ProtoExporter]])
  for (const [name, value] of Object.entries(values)) {
    const server = createServer(async (request, answer) => {
      writeFileSync(`${name}.${encoding}`, await buffer(request));
      answer.writeHead(200).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const exporter = new Exporter({ url: `http://127.0.0.1:${server.address().port}` });
    const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
    provider.getLogger('probe').emit({ body: name, attributes: { value } });
    await provider.shutdown();
    server.close();
    server.closeAllConnections();
  }
END
cat >probe.py <<'END'
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest as Request

def value(request):
    attributes = request.resource_logs[0].scope_logs[0].log_records[0].attributes
    return str(attributes[0].value).strip() or "no value" if attributes else "no attribute"

for name in ("nan", "infinity", "large", "huge", "date", "bigint"):
    try:
        by_json = value(json_format.Parse(open(f"{name}.json").read(), Request()))
    except json_format.ParseError:
        by_json = "refused"
    print(f"{name}: JSON {by_json}, protobuf {value(Request.FromString(open(f'{name}.proto', 'rb').read()))}")
END

seen=$(node probe.mjs && python/bin/python probe.py)
holds "$seen" <<'END'
nan: JSON no value, protobuf double_value: nan
infinity: JSON no value, protobuf double_value: inf
large: JSON int_value: 1152921504606847000, protobuf int_value: 1152921504606846976
huge: JSON refused, protobuf double_value: 1e+21
date: JSON no attribute, protobuf no attribute
bigint: JSON no attribute, protobuf no attribute
END
