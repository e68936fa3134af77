import type { AttributeValue } from '../../domain/log-record.ts';
import type { OwnMask } from '../../domain/mask-pattern.ts';
import { KnownTexts } from '../known-texts.ts';
import { maskText } from './mask-text.ts';
import { isSecretValue, keySensitivity, type Sensitivity } from './sensitive-keys.ts';

/** Hides what must not be stored, before it is. */
export interface Masker {
  readonly text: (text: string) => string;
  /** The key says whether the whole value is a secret. */
  readonly key: (key: string) => string;
  readonly value: (key: string, value: AttributeValue) => AttributeValue;
  /** The same, for a key of which that is known. */
  readonly valueOf: (sensitivity: Sensitivity, value: AttributeValue) => AttributeValue;
}

/** `own` hides what a project's patterns find, after our own rules, which it cannot switch off; null: the project has none. */
export const createMasker = (own: OwnMask | null = null): Masker => {
  const text = (value: string): string => {
    const masked = maskText(value);
    return own === null ? masked : own(masked);
  };
  const valueOf = (sensitivity: Sensitivity, value: AttributeValue): AttributeValue => {
    if (typeof value === 'boolean') return value;
    if (sensitivity !== 'none' && isSecretValue(sensitivity, String(value))) return '<secret>';
    if (typeof value === 'string') return text(value);
    return own === null && value < CARD_MIN ? value : maskedNumber(value, text);
  };
  return {
    text,
    key: rememberingText(text),
    value: (key, value) => valueOf(keySensitivity(key), value),
    valueOf,
  };
};

/** Of one batch: a text that came already is masked as it was then. */
export const batchMasker = (masker: Masker): Masker => {
  const known = new KnownTexts<string>();
  return {
    ...masker,
    text: (text) => {
      const found = known.get(text);
      if (found !== undefined) return found;
      const masked = masker.text(text);
      known.set(text, masked);
      return masked;
    },
  };
};

/** One masker for all that a project sends, as long as its patterns are the same. */
export const rememberedMaskers = (): ((own: OwnMask | null) => Masker) => {
  const plain = createMasker();
  const known = new WeakMap<OwnMask, Masker>();
  return (own) => {
    if (own === null) return plain;
    const found = known.get(own) ?? createMasker(own);
    known.set(own, found);
    return found;
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

/** A card's number may come as a number, and what a project hides too. */
const CARD_MIN = 1e11;

const maskedNumber = (value: number, text: (value: string) => string): AttributeValue => {
  const shown = String(value);
  const masked = text(shown);
  return masked === shown ? value : masked;
};
