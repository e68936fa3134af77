import { isObject } from './stand-in.ts';

/** Nodes of a document that a description may hold: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  doc: [
    'paragraph',
    'heading',
    'bulletList',
    'orderedList',
    'codeBlock',
    'blockquote',
    'rule',
    'panel',
    'table',
    'expand',
  ],
  paragraph: ['text', 'hardBreak', 'mention', 'emoji', 'inlineCard'],
  heading: ['text', 'hardBreak', 'mention', 'emoji', 'inlineCard'],
  bulletList: ['listItem'],
  orderedList: ['listItem'],
  listItem: ['paragraph', 'bulletList', 'orderedList', 'codeBlock'],
  codeBlock: ['text'],
  blockquote: ['paragraph'],
};
const KEYS: Readonly<Record<string, readonly string[]>> = {
  doc: ['type', 'version', 'content'],
  text: ['type', 'text', 'marks'],
  hardBreak: ['type', 'attrs'],
};
const MARKS = ['strong', 'em', 'code', 'link', 'strike', 'underline', 'subsup', 'textColor'];

/** What is wrong with a document; null: nothing. */
export const adfProblem = (value: unknown): string | null =>
  isObject(value) && value['type'] === 'doc' && value['version'] === 1
    ? nodeProblem(value)
    : 'Operation value must be an Atlassian Document (see the Atlassian Document Format)';

const nodeProblem = (node: Record<string, unknown>): string | null => {
  const type = String(node['type']);
  const keys = KEYS[type] ?? ['type', 'attrs', 'content', 'marks'];
  const more = Object.keys(node).find((name) => !keys.includes(name));
  if (more !== undefined) return `INVALID_INPUT: ${type}.${more}`;
  if (type === 'text') return textProblem(node);
  if (type === 'heading' && !(isObject(node['attrs']) && Number(node['attrs']['level']) >= 1))
    return 'INVALID_INPUT: heading.attrs.level';
  const inside = INSIDE[type];
  if (inside === undefined) return null;
  const { content } = node;
  if (!Array.isArray(content)) return `INVALID_INPUT: ${type}.content`;
  if (content.length === 0 && /List|listItem/.test(type)) return `INVALID_INPUT: ${type} is empty`;
  for (const child of content) {
    if (!isObject(child) || !inside.includes(String(child['type'])))
      return `INVALID_INPUT: ${type} may not hold ${JSON.stringify(child).slice(0, 80)}`;
    const problem = nodeProblem(child);
    if (problem !== null) return problem;
  }
  return null;
};

const textProblem = ({ text, marks }: Record<string, unknown>): string | null => {
  if (typeof text !== 'string' || text.length === 0) return 'INVALID_INPUT: text is empty';
  if (marks === undefined) return null;
  if (!Array.isArray(marks)) return 'INVALID_INPUT: marks';
  for (const mark of marks) {
    if (!isObject(mark) || !MARKS.includes(String(mark['type']))) return 'INVALID_INPUT: mark';
    if (
      mark['type'] === 'link' &&
      !(isObject(mark['attrs']) && typeof mark['attrs']['href'] === 'string')
    )
      return 'INVALID_INPUT: link.attrs.href';
  }
  // https://developer.atlassian.com/cloud/jira/platform/apis/document/marks/code
  const types = marks.map((mark) => (isObject(mark) ? mark['type'] : null));
  return types.includes('code') && types.some((type) => type !== 'code' && type !== 'link')
    ? 'INVALID_INPUT: code may be joined by link alone'
    : null;
};
