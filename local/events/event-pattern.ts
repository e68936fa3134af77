import { ObjectText } from '../json-text.ts';

/** Does an event match? Its objects may be read as they are asked for. */
export type Matcher = (event: unknown) => boolean;

type Rule = (leaf: unknown) => boolean;

/**
 * Event patterns of EventBridge rules and of Lambda's filters. An operator that is not known stops the start, by
 * name. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export const compilePattern = (pattern: unknown): Matcher => {
  if (Array.isArray(pattern)) {
    const rules = pattern.map(compileRule);
    return (value) => leavesOf(value).some((leaf) => rules.some((rule) => rule(leaf)));
  }
  if (typeof pattern !== 'object' || pattern === null)
    throw new Error(`event pattern: ${JSON.stringify(pattern)} stands where a list must`);
  const fields = Object.entries(pattern).map(([name, inner]) => compileField(name, inner));
  return (value) => nodesOf(value).some((node) => fields.every((field) => field(node)));
};

/** Matches when one of the patterns does, or when there is none. */
export const compileAny = (patterns: readonly unknown[]): Matcher => {
  const matchers = patterns.map(compilePattern);
  return (event) => matchers.length === 0 || matchers.some((matches) => matches(event));
};

const compileField = (name: string, inner: unknown): Matcher => {
  if (name === '$or' && Array.isArray(inner)) {
    const choices = inner.map(compilePattern);
    return (node) => choices.some((matches) => matches(node));
  }
  const matches = compilePattern(inner);
  return (node) => matches(fieldOf(node, name));
};

const fieldOf = (node: unknown, name: string): unknown => {
  if (node instanceof ObjectText) return node.member(name);
  return typeof node === 'object' && node !== null
    ? Object.getOwnPropertyDescriptor(node, name)?.value
    : undefined;
};

/** A list stands for each of its items. */
const nodesOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) && value.length > 0 ? value : [value];

/** An object is no leaf: to a rule it is as absent as a missing field. */
const leavesOf = (value: unknown): readonly unknown[] =>
  nodesOf(value).map((leaf) => (typeof leaf === 'object' && leaf !== null ? undefined : leaf));

const compileRule = (rule: unknown): Rule => {
  if (typeof rule !== 'object' || rule === null) return (leaf) => leaf === rule;
  const [only, ...more] = Object.entries(rule);
  const compiled = only === undefined || more.length > 0 ? null : compileOperator(...only);
  if (compiled === null)
    throw new Error(`event pattern: the local runtime does not know ${JSON.stringify(rule)}`);
  return compiled;
};

/** Null: not known. */
const compileOperator = (operator: string, argument: unknown): Rule | null => {
  switch (operator) {
    case 'exists':
      return (leaf) => (leaf !== undefined) === argument;
    case 'prefix':
    case 'suffix':
    case 'equals-ignore-case':
      return typeof argument === 'string' ? textRule(operator, argument) : null;
    case 'numeric':
      return Array.isArray(argument) ? numericRule(argument) : null;
    case 'anything-but':
      return anythingBut(argument);
    default:
      return null;
  }
};

const textRule = (operator: 'prefix' | 'suffix' | 'equals-ignore-case', text: string): Rule => {
  const lower = text.toLowerCase();
  return (leaf) => {
    if (typeof leaf !== 'string') return false;
    if (operator === 'prefix') return leaf.startsWith(text);
    return operator === 'suffix' ? leaf.endsWith(text) : leaf.toLowerCase() === lower;
  };
};

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

const numericRule = (terms: readonly unknown[]): Rule | null => {
  const parts: ((leaf: number) => boolean)[] = [];
  for (let at = 0; at < terms.length; at += 2) {
    const compare = COMPARISONS[String(terms[at])];
    const right = terms[at + 1];
    if (compare === undefined || typeof right !== 'number') return null;
    parts.push((leaf) => compare(leaf, right));
  }
  return (leaf) => typeof leaf === 'number' && parts.every((part) => part(leaf));
};

/** A missing field is not "anything". */
const anythingBut = (argument: unknown): Rule | null => {
  if (Array.isArray(argument)) return (leaf) => leaf !== undefined && !argument.includes(leaf);
  if (typeof argument !== 'object' || argument === null)
    return (leaf) => leaf !== undefined && leaf !== argument;
  const inner = compileRule(argument);
  return (leaf) => leaf !== undefined && !inner(leaf);
};
