import { expect, test } from 'vitest';
import { itemMessages } from '../../../lambdas/threads/dialects/responses/formats/input-messages.ts';
import { input } from '../../../lambdas/threads/dialects/responses/formats/responses-input.ts';

const question = { role: 'user', content: 'what now' };
const messagesOf = (items: readonly object[]) =>
  itemMessages(input(10).parse([question, ...items]), 'm', 'input', new Map()).slice(1);

test.each([
  [{ type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } }],
  [{ type: 'file_search_call', id: 'fs_1', queries: ['x'], results: null, status: 'completed' }],
  [{ type: 'code_interpreter_call', id: 'ci_1', code: '1', container_id: 'c', outputs: null }],
  [{ type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'aGk=' }],
  [{ type: 'mcp_list_tools', id: 'mcpl_1', server_label: 's', tools: [] }],
  [{ type: 'mcp_call', id: 'mcp_1', server_label: 's', name: 'n', arguments: '{}', output: 'o' }],
  [{ type: 'computer_call_output', call_id: 'cc', output: { type: 'computer_screenshot' } }],
])('an item of a tool that OpenAI runs takes only itself: %o', (item) => {
  expect(messagesOf([item, { role: 'user', content: 'go on' }])).toMatchObject([
    { role: 'user', content: [{ text: 'go on' }] },
  ]);
});

test.each([
  ['local_shell', 'action', { type: 'exec', command: ['ls'] }, 'a file', 'a file'],
  ['shell', 'action', { commands: ['ls'] }, [{ stdout: 'a' }], '[{"stdout":"a"}]'],
  ['apply_patch', 'operation', { type: 'delete_file', path: 'a' }, null, ''],
])('a call of %s and its output are those of a function', (name, field, told, output, said) => {
  const call = { type: `${name}_call`, id: 'x', call_id: 'c1', status: 'completed', [field]: told };
  const result = { type: `${name}_call_output`, call_id: 'c1', output };
  expect(messagesOf([call, result])).toMatchObject([
    { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name, input: told }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: said }] },
  ]);
});

test('an item of a type that nobody knows is refused by its place', () => {
  const { error } = input(10).safeParse([question, { type: 'new_call' }]);
  expect(error?.issues[0]).toMatchObject({ path: [1, 'type'], message: 'is not served here' });
});
