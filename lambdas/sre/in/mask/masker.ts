import type { AttributeValue } from '../../domain/log-record.ts';
import { maskText } from './mask-text.ts';
import { isSecretValue, keySensitivity } from './sensitive-keys.ts';

/** Hides what must not be stored, before it is. */
export interface Masker {
  readonly text: (text: string) => string;
  /** The key says whether the whole value is a secret. */
  readonly key: (key: string) => string;
  readonly value: (key: string, value: AttributeValue) => AttributeValue;
}

/** `own` are a project's patterns: each replaces what it finds. They come after ours, which they cannot switch off. */
export const createMasker = (own: readonly ((text: string) => string)[] = []): Masker => {
  const text =
    own.length === 0
      ? (value: string): string => maskText(value)
      : (value: string): string =>
          own.reduce((masked, replace) => replace(masked), maskText(value));
  return {
    text,
    key: rememberingText(text),
    value: (key, value) => {
      if (typeof value === 'boolean') return value;
      const sensitivity = keySensitivity(key);
      if (sensitivity !== 'none' && isSecretValue(sensitivity, String(value))) return '<secret>';
      return typeof value === 'string' ? text(value) : maskedNumber(value, text);
    },
  };
};

const NAMES_MAX = 4_096;

/** Names repeat from record to record. */
const rememberingText = (text: (value: string) => string): ((name: string) => string) => {
  const known = new Map<string, string>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= NAMES_MAX) known.clear();
    const masked = text(name);
    known.set(name, masked);
    return masked;
  };
};

/** A card's number may come as a number. */
const maskedNumber = (value: number, text: (value: string) => string): AttributeValue => {
  if (value < 1e11) return value;
  const shown = String(value);
  const masked = text(shown);
  return masked === shown ? value : masked;
};
