import type { Attributes, AttributeValue } from '../../domain/log-record.ts';
import { ATTRIBUTE_CHARS_MAX, ATTRIBUTES_MAX } from '../limits.ts';
import type { Masker } from '../mask/masker.ts';
import { keySensitivity, type Sensitivity } from '../mask/sensitive-keys.ts';
import { isMessage, listOf } from '../otlp/values.ts';
import { NO_ATTRIBUTES } from './drafts.ts';
import { scalarOf } from './flatten.ts';
import { traitsOfKey } from './key-traits.ts';

interface Name {
  readonly key: string;
  /** It is stored as it came, and nothing is looked for in it. */
  readonly isPlain: boolean;
  readonly sensitivity: Sensitivity;
}

/**
 * Reads attributes straight from what came, when nothing of them is looked at, cut or nested, as of nearly all records. What
 * is known of a name is known again at the same place of the next record, which nearly always has the same name there.
 */
export class PlainAttributes {
  readonly #masker: Masker;
  readonly #names: Name[] = [];

  constructor(masker: Masker) {
    this.#masker = masker;
  }

  /** Masked; null where one of them is not plain: then `flatten` reads them. */
  read(list: unknown): Attributes | null {
    // An object in place of a list.
    if (isMessage(list)) return null;
    const all = listOf(list);
    if (all.length === 0) return NO_ATTRIBUTES;
    if (all.length > ATTRIBUTES_MAX) return null;
    const attributes: Record<string, AttributeValue> = {};
    for (let index = 0; index < all.length; index += 1) {
      const attribute = all[index];
      if (!isMessage(attribute)) return null;
      const { key, value } = attribute;
      if (typeof key !== 'string' || !isMessage(value) || attributes[key] !== undefined)
        return null;
      const masked = this.#valueOf(this.#nameAt(index, key), scalarOf(value));
      if (masked === null) return null;
      attributes[key] = masked;
    }
    return attributes;
  }

  #nameAt(index: number, key: string): Name {
    const last = this.#names[index];
    if (last !== undefined && last.key === key) return last;
    const isPlain = traitsOfKey(key) === 0 && this.#masker.key(key) === key;
    const name = { key, isPlain, sensitivity: keySensitivity(key) };
    this.#names[index] = name;
    return name;
  }

  #valueOf({ isPlain, sensitivity }: Name, value: AttributeValue | null): AttributeValue | null {
    if (!isPlain || value === null || !isShort(value)) return null;
    const masked = this.#masker.valueOf(sensitivity, value);
    return isShort(masked) ? masked : null;
  }
}

const isShort = (value: AttributeValue): boolean =>
  typeof value !== 'string' || value.length <= ATTRIBUTE_CHARS_MAX;
