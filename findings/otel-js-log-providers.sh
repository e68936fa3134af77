#!/usr/bin/env bash
# OpenTelemetry for JavaScript has two global log providers; each logging library sees one of them
#
# Software: npm @opentelemetry/api 1.10.0, api-logs 0.223.1, sdk-logs 3.1.1, instrumentation-pino 0.70.0,
#   instrumentation-winston 0.69.0, winston-transport 0.34.0; pino 10.4.0, winston 3.19.0.
# Expected: the application registers its log provider once, as it does for traces and metrics, and the instrumentations of
#   one release train find it.
# Happens: registered by @opentelemetry/api, pino's records come and winston's are lost. Registered by
#   @opentelemetry/api-logs it is the other way round. Nothing warns: the other one logs to a provider that does nothing.
# Matters: a service with both libraries (its own and a framework's) sends half of its logs, and a silent half looks like a
#   healthy one. Whoever documents a log endpoint has to show both registrations.
. "${BASH_SOURCE%/*}/lab.bash"
npm_install @opentelemetry/api@1.10.0 @opentelemetry/api-logs@0.223.1 @opentelemetry/sdk-logs@3.1.1 \
  @opentelemetry/instrumentation@0.301.1 @opentelemetry/instrumentation-pino@0.70.0 \
  @opentelemetry/instrumentation-winston@0.69.0 @opentelemetry/winston-transport@0.34.0 pino@10.4.0 winston@3.19.0

cat >probe.cjs <<'END'
const { Writable } = require('node:stream');
const { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } = require('@opentelemetry/sdk-logs');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { PinoInstrumentation } = require('@opentelemetry/instrumentation-pino');
const { WinstonInstrumentation } = require('@opentelemetry/instrumentation-winston');

const exporter = new InMemoryLogRecordExporter();
const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
const packages = process.argv.slice(2);
for (const name of packages) require(name).logs.setGlobalLoggerProvider(provider);
registerInstrumentations({ instrumentations: [new PinoInstrumentation(), new WinstonInstrumentation()] });

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const winston = require('winston');
require('pino')({}, nowhere).info('by pino');
winston
  .createLogger({ transports: [new winston.transports.Stream({ stream: nowhere })] })
  .on('finish', async () => {
    await provider.forceFlush();
    const bodies = exporter.getFinishedLogRecords().map(({ body }) => body);
    console.log(`${packages.join(' and ')}: ${bodies.toSorted().join(', ')}`);
  })
  .end({ level: 'info', message: 'by winston' });
END

seen=$(
  node probe.cjs @opentelemetry/api
  node probe.cjs @opentelemetry/api-logs
  node probe.cjs @opentelemetry/api @opentelemetry/api-logs
)
holds "$seen" <<'END'
@opentelemetry/api: by pino
@opentelemetry/api-logs: by winston
@opentelemetry/api and @opentelemetry/api-logs: by pino, by winston
END
