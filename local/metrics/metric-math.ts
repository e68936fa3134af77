/** Figures by the ids of an alarm's metrics; null: nobody reported one. */
export type MathFigures = Readonly<Record<string, number | null>>;
/** null: an operand is missing, so there is no data point. */
export type MathFormula = (figures: MathFigures) => number | null;

/**
 * The part of CloudWatch's metric math that alarms of the template use: numbers, ids of metrics, + - * /, comparisons
 * (1 or 0), IF and FILL. Anything else throws, with the expression.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export const metricMath = (expression: string): MathFormula => {
  const reader: Reader = {
    expression,
    tokens: expression.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|>=|<=|==|!=|[^\s]/g) ?? [],
    next: 0,
  };
  const formula = binary(reader, 0);
  if (reader.next < reader.tokens.length) throw unknown(reader);
  return formula;
};

interface Reader {
  readonly expression: string;
  readonly tokens: readonly string[];
  next: number;
}

type Operator = (left: number, right: number) => number | null;

/** Those that bind loosest first. */
const LEVELS: readonly Readonly<Record<string, Operator>>[] = [
  {
    '>': (left, right) => Number(left > right),
    '<': (left, right) => Number(left < right),
    '>=': (left, right) => Number(left >= right),
    '<=': (left, right) => Number(left <= right),
    '==': (left, right) => Number(left === right),
    '!=': (left, right) => Number(left !== right),
  },
  { '+': (left, right) => left + right, '-': (left, right) => left - right },
  {
    '*': (left, right) => left * right,
    // CloudWatch has no data point where something is divided by zero.
    '/': (left, right) => (right === 0 ? null : left / right),
  },
];

const binary = (reader: Reader, level: number): MathFormula => {
  const operators = LEVELS[level];
  if (operators === undefined) return operand(reader);
  let left = binary(reader, level + 1);
  for (;;) {
    const operator = operators[reader.tokens[reader.next] ?? ''];
    if (operator === undefined) return left;
    reader.next += 1;
    left = both(operator, left, binary(reader, level + 1));
  }
};

const both =
  (operator: Operator, left: MathFormula, right: MathFormula): MathFormula =>
  (figures) => {
    const [first, second] = [left(figures), right(figures)];
    return first === null || second === null ? null : operator(first, second);
  };

const operand = (reader: Reader): MathFormula => {
  const token = reader.tokens[reader.next] ?? '';
  reader.next += 1;
  if (/^\d/.test(token)) return () => Number(token);
  if (token === '(') {
    const inner = binary(reader, 0);
    skip(reader, ')');
    return inner;
  }
  if (reader.tokens[reader.next] === '(') return call(reader, token);
  if (/^[a-z]\w*$/.test(token)) return (figures) => figures[token] ?? null;
  reader.next -= 1;
  throw unknown(reader);
};

const call = (reader: Reader, name: string): MathFormula => {
  skip(reader, '(');
  const first = binary(reader, 0);
  skip(reader, ',');
  const second = binary(reader, 0);
  if (name === 'FILL') {
    skip(reader, ')');
    return (figures) => first(figures) ?? second(figures);
  }
  if (name !== 'IF') throw unknown(reader, name);
  skip(reader, ',');
  const third = binary(reader, 0);
  skip(reader, ')');
  return (figures) => {
    const condition = first(figures);
    if (condition === null) return null;
    return condition === 0 ? third(figures) : second(figures);
  };
};

const skip = (reader: Reader, token: string): void => {
  if (reader.tokens[reader.next] !== token) throw unknown(reader);
  reader.next += 1;
};

const unknown = ({ tokens, next, expression }: Reader, name = tokens[next] ?? 'its end'): Error =>
  new Error(`the local runtime does not know ${name} in the metric math ${expression}`);
