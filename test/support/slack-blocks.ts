import { isObject } from './stand-in.ts';

/**
 * Block Kit as https://docs.slack.dev/reference/block-kit/blocks has it: which fields a block has, and how long they may
 * be. What is wrong with a list of blocks, as Slack's `response_metadata.messages` says it; null: nothing.
 */
export const blocksProblem = (blocks: unknown): string | null => {
  if (!Array.isArray(blocks)) return 'must be an array [json-pointer:/blocks]';
  if (blocks.length > 50) return 'no more than 50 items allowed [json-pointer:/blocks]';
  for (const [index, block] of blocks.entries()) {
    const problem = blockProblem(block);
    if (problem !== null) return `${problem} [json-pointer:/blocks/${index}]`;
  }
  return null;
};

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  header: ['type', 'block_id', 'text', 'level'],
  section: ['type', 'block_id', 'text', 'fields', 'accessory', 'expand'],
  context: ['type', 'block_id', 'elements'],
  divider: ['type', 'block_id'],
  actions: ['type', 'block_id', 'elements'],
  rich_text: ['type', 'block_id', 'elements'],
};
const RICH: Readonly<Record<string, readonly string[]>> = {
  rich_text_section: ['type', 'elements'],
  rich_text_list: ['type', 'elements', 'style', 'indent', 'offset', 'border'],
  rich_text_preformatted: ['type', 'elements', 'border', 'language'],
  rich_text_quote: ['type', 'elements', 'border'],
};

const blockProblem = (block: unknown): string | null => {
  if (!isObject(block)) return 'must be an object';
  const type = String(block['type']);
  const fields = FIELDS[type];
  if (fields === undefined) return `unsupported type: ${type}`;
  const more = Object.keys(block).find((name) => !fields.includes(name));
  if (more !== undefined) return `additional property: ${more}`;
  if (type === 'header') return textProblem(block['text'], 150, ['plain_text']);
  if (type === 'section') return sectionProblem(block);
  if (type === 'context')
    return eachProblem(block['elements'], 10, (one) => textProblem(one, 3_000));
  if (type === 'actions') return eachProblem(block['elements'], 25, buttonProblem);
  return type === 'rich_text' ? eachProblem(block['elements'], Infinity, richProblem) : null;
};

const sectionProblem = ({ text, fields }: Record<string, unknown>): string | null => {
  if (text === undefined && fields === undefined) return 'missing required field: text';
  const problem = text === undefined ? null : textProblem(text, 3_000);
  if (problem !== null || fields === undefined) return problem;
  return eachProblem(fields, 10, (one) => textProblem(one, 2_000));
};

const textProblem = (
  value: unknown,
  charsMax: number,
  types: readonly string[] = ['plain_text', 'mrkdwn'],
): string | null => {
  if (!isObject(value)) return 'missing required field: text';
  if (!types.includes(String(value['type']))) return `must be one of ${types.join(', ')}`;
  const allowed =
    value['type'] === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji'];
  const more = Object.keys(value).find((name) => !allowed.includes(name));
  if (more !== undefined) return `additional property: ${more}`;
  return stringProblem(value['text'], charsMax);
};

const stringProblem = (value: unknown, charsMax: number): string | null => {
  if (typeof value !== 'string' || value.length === 0) return 'must be more than 0 characters';
  return value.length > charsMax ? `must be less than ${charsMax + 1} characters` : null;
};

const buttonProblem = (value: unknown): string | null => {
  if (!isObject(value) || value['type'] !== 'button') return 'unsupported type of element';
  const allowed = [
    'type',
    'action_id',
    'text',
    'value',
    'url',
    'style',
    'confirm',
    'accessibility_label',
  ];
  const more = Object.keys(value).find((name) => !allowed.includes(name));
  if (more !== undefined) return `additional property: ${more}`;
  const { style } = value;
  if (style !== undefined && style !== 'primary' && style !== 'danger')
    return 'must be primary or danger';
  return (
    textProblem(value['text'], 75, ['plain_text']) ??
    optional(value['action_id'], 255) ??
    optional(value['value'], 2_000) ??
    optional(value['url'], 3_000)
  );
};

const optional = (value: unknown, charsMax: number): string | null =>
  value === undefined ? null : stringProblem(value, charsMax);

const richProblem = (value: unknown): string | null => {
  if (!isObject(value)) return 'must be an object';
  const type = String(value['type']);
  const fields = RICH[type];
  if (fields === undefined) return `unsupported type: ${type}`;
  const more = Object.keys(value).find((name) => !fields.includes(name));
  if (more !== undefined) return `additional property: ${more}`;
  if (type !== 'rich_text_list') return eachProblem(value['elements'], Infinity, inlineProblem);
  if (!['bullet', 'ordered'].includes(String(value['style']))) return 'must be bullet or ordered';
  return eachProblem(value['elements'], Infinity, (one) =>
    isObject(one) && one['type'] === 'rich_text_section' ? richProblem(one) : 'must be a section',
  );
};

const INLINE: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text', 'style'],
  link: ['type', 'url', 'text', 'style', 'unsafe'],
  emoji: ['type', 'name', 'unicode'],
  user: ['type', 'user_id', 'style'],
  usergroup: ['type', 'usergroup_id', 'style'],
  channel: ['type', 'channel_id', 'style'],
  broadcast: ['type', 'range'],
};

const inlineProblem = (value: unknown): string | null => {
  if (!isObject(value)) return 'must be an object';
  const fields = INLINE[String(value['type'])];
  if (fields === undefined) return `unsupported type: ${String(value['type'])}`;
  const more = Object.keys(value).find((name) => !fields.includes(name));
  if (more !== undefined) return `additional property: ${more}`;
  if (value['type'] === 'text') return stringProblem(value['text'], 12_000);
  return value['type'] === 'link' ? stringProblem(value['url'], 3_000) : null;
};

const eachProblem = (
  values: unknown,
  max: number,
  problemOf: (value: unknown) => string | null,
): string | null => {
  if (!Array.isArray(values) || values.length === 0) return 'no fewer than 1 items allowed';
  if (values.length > max) return `no more than ${max} items allowed`;
  for (const value of values) {
    const problem = problemOf(value);
    if (problem !== null) return problem;
  }
  return null;
};

/** Every text in blocks, however deep. */
export const textsOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'text' && typeof inner === 'string' ? [inner] : textsOf(inner),
  );
};
