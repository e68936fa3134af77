import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  arbitraryBodies,
  ASKED_MODELS,
  refusalsOfAll,
} from '../test/support/strict/arbitrary-sent.ts';
import { keepAnyAnswers } from '../test/support/strict/arbitrary-answers.ts';
import { clientEnvironment } from './python-tools.ts';
import { runTests } from './run-tests.ts';

/** Tests that ask providers' stand-ins on every wire, and start nothing else. */
const TESTS = ['--project=quick', 'test/wire/'];
const TURNS_OF_EACH = 2_000;
const ANSWERS = 5_000;
const SHOWN_MAX = 10;
const PARSER = 'test/python/bodies/parse.py';

/**
 * Sends what the tests of the wires send, and any turns at all, and has any answers given; all of it is kept where the
 * environment says. false: a test failed, or a body was refused.
 */
export const sendBodies = async (): Promise<boolean> => {
  const { passed, failed } = await runTests(...TESTS);
  console.log(`${passed} tests of the wires passed, ${failed} failed.`);
  const refused = ASKED_MODELS.flatMap((model) =>
    refusalsOfAll(arbitraryBodies(model, TURNS_OF_EACH)),
  );
  for (const words of refused.slice(0, SHOWN_MAX)) console.log(`refused: ${words}`);
  const answered = await keepAnyAnswers(ANSWERS);
  return failed === 0 && refused.length === 0 && answered > 0;
};

/** Parses all that was kept in a folder by the classes that the vendors publish: what providers were asked, or what was answered. */
export const parseBodies = async (
  python: string,
  folder: string,
  kind: 'asked' | 'answered',
): Promise<boolean> => {
  const parser = spawn(python, ['-W', 'ignore', PARSER, folder, kind], {
    env: clientEnvironment(),
    stdio: 'inherit',
  });
  const [code] = await once(parser, 'exit');
  return code === 0;
};
