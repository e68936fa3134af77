import { createHash } from 'node:crypto';
import type { TurnRequest } from '../../turn/turn.ts';

/** The least of what the providers allow for a tool's name. */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const NAME_LENGTH_MAX = 64;
const ID = /^[a-zA-Z0-9_-]+$/;

/** Tool names as the provider knows them, both ways. */
export interface ToolNames {
  readonly toWire: (name: string) => string;
  /** A name that is none of ours comes back as it is: the model made it up. */
  readonly fromWire: (wire: string) => string;
  /** Is it a tool's, as the provider knows it? */
  readonly isTool: (wire: string) => boolean;
  /** Is it no tool's name, but how one begins? */
  readonly isStart: (wire: string) => boolean;
}

/**
 * A legal name for each tool of a request and of its history, no two alike. Legal names stay; `server/tool` becomes
 * `server__tool`, with a hash where that is too long or taken.
 */
export const toolNames = (request: TurnRequest): ToolNames => {
  const names = new Set(request.tools.map(({ name }) => name));
  for (const { content } of request.messages)
    for (const block of content) if (block.type === 'tool_use') names.add(block.name);
  const toWire = new Map<string, string>();
  for (const name of names) if (NAME.test(name)) toWire.set(name, name);
  const taken = new Map(toWire);
  for (const name of names) {
    if (toWire.has(name)) continue;
    const wire = freeName(name, (candidate) => taken.has(candidate));
    toWire.set(name, wire);
    taken.set(wire, name);
  }
  return {
    toWire: (name) => toWire.get(name) ?? name,
    fromWire: (wire) => taken.get(wire) ?? taken.get(bareName(wire)) ?? wire,
    isTool: (wire) => taken.has(wire),
    isStart: (wire) => !taken.has(wire) && taken.keys().some((name) => name.startsWith(wire)),
  };
};

/** Open models say names with words of their template around them: `functions.f`, `f<|channel|>commentary`. */
const bareName = (wire: string): string =>
  wire
    .replace(/<\|.*$/s, '')
    .replace(/^functions[.:]/, '')
    .trim();

const freeName = (name: string, isTaken: (candidate: string) => boolean): string => {
  const plain = name.replaceAll('/', '__').replaceAll(/[^a-zA-Z0-9_-]/g, '_');
  if (NAME.test(plain) && !isTaken(plain)) return plain;
  for (let attempt = 0; ; attempt++) {
    const hash = hashOf(name, attempt).slice(0, 10);
    const candidate = `${plain.slice(0, NAME_LENGTH_MAX - hash.length - 1)}_${hash}`;
    if (!isTaken(candidate)) return candidate;
  }
};

/**
 * A legal id for each call in the order of the history, no two alike: some providers number their calls again in every
 * answer. The same history always gets the same ids, whatever is appended to it.
 */
export const callIds = (lengthMax: number): ((id: string) => string) => {
  const taken = new Set<string>();
  return (id) => {
    let wire = id;
    for (let attempt = 0; !ID.test(wire) || wire.length > lengthMax || taken.has(wire); attempt++)
      wire = `call_${hashOf(id, attempt).slice(0, 32)}`;
    taken.add(wire);
    return wire;
  };
};

const hashOf = (text: string, attempt: number): string =>
  createHash('sha256').update(`${attempt} ${text}`).digest('hex');
