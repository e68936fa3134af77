import { Construct } from 'constructs';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import { grantReader, readerEnvironment, withSearch, type SreRoutesProps } from './reader.ts';
import { SRE_SIZES } from './sizes.ts';

const ROUTES = [
  '/v1/anomalies',
  '/v1/anomalies/{anomaly_id}',
  '/v1/anomalies/explain',
  '/v1/anomalies/{anomaly_id}/incident',
  '/v1/incidents',
  '/v1/incidents/{incident_id}',
  '/v1/incidents/stats',
  '/v1/silences',
  '/v1/silences/{silence_id}',
  '/v1/deploys',
  '/v1/diagnosis',
  '/v1/services',
  '/v1/ingest/usage',
  '/v1/ingest/masks',
  '/v1/logs/search',
  '/v1/traces/{trace_id}',
] as const;

/** What people read of the SRE, at the base URL. */
export class SreRoutes extends Construct {
  constructor(scope: Construct, id: string, props: SreRoutesProps) {
    super(scope, id);
    const fn = new ServiceFunction(this, 'sre', {
      room: 'sre',
      description: 'Anomalies, incidents, services, search of logs',
      size: SRE_SIZES.sre,
      config: props.config,
      environment: withSearch(readerEnvironment(props), props.state),
      timeoutSecondsMax: BUFFERED_SECONDS_MAX,
      beside: ['re2', 's3'],
    });
    grantReader(fn, props);
    for (const route of ROUTES) props.frontDoor.route(route, fn, false);
  }
}
