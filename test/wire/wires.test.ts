import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WIRES } from '../support/all-wires.ts';

test.each(Object.entries(WIRES))(
  'the wire %s has its own name and runs the table',
  (name, wire) => {
    expect(wire.name).toBe(name);
    expect(existsSync(`test/wire/${name}/conformance.test.ts`)).toBe(true);
  },
);
