import { firstCharacters } from '../../../shared/characters.ts';
import type { Source } from '../../domain/log-record.ts';
import { NAME_CHARS_MAX } from '../limits.ts';
import type { Flat } from './flatten.ts';

/** The name of today, then the one before it (semantic conventions 1.27). */
const ENVIRONMENT = ['deployment.environment.name', 'deployment.environment'];
const NAMESPACE = ['service.namespace', 'k8s.namespace.name'];

/**
 * A service without a name is called by what runs it, in the order of
 * https://opentelemetry.io/docs/specs/semconv/non-normative/k8s-attributes/
 */
const SERVICE = [
  'service.name',
  'k8s.deployment.name',
  'k8s.replicaset.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
  'k8s.container.name',
  'container.name',
  'faas.name',
];

export const SOURCE_KEYS: ReadonlySet<string> = new Set([...ENVIRONMENT, ...NAMESPACE, ...SERVICE]);

/** Takes its names out of the attributes: they are not said twice. */
export const takeSource = (resource: Flat): Source => ({
  environment: take(resource, ENVIRONMENT),
  namespace: take(resource, NAMESPACE),
  service: take(resource, SERVICE),
});

const take = (resource: Flat, keys: readonly string[]): string => {
  for (const key of keys) {
    const name = nameOf(resource.get(key));
    if (name === '') continue;
    resource.delete(key);
    return name;
  }
  return '';
};

const nameOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number'
    ? firstCharacters(String(value).replaceAll(CONTROL, ' ').trim(), NAME_CHARS_MAX)
    : '';

const CONTROL = /\p{Cc}+/gu;
