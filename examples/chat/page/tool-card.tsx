import { getToolName, type DynamicToolUIPart, type ToolUIPart } from 'ai';
import { useState } from 'react';

interface Props {
  readonly part: ToolUIPart | DynamicToolUIPart;
  readonly onDecide: (toolUseId: string, approve: boolean) => Promise<void>;
}

const STATES: Readonly<Record<Props['part']['state'], string>> = {
  'input-streaming': 'is being called',
  'input-available': 'is at work',
  'approval-requested': 'waits for you',
  'approval-responded': 'is at work',
  'output-available': 'answered',
  'output-error': 'failed',
  'output-denied': 'was denied',
};

/** A call of a tool; one that wants approval asks for it. */
export const ToolCard = ({ part, onDecide }: Props) => {
  const [isDecided, setDecided] = useState(false);
  const decide = (approve: boolean): void => {
    setDecided(true);
    onDecide(part.toolCallId, approve).catch(() => setDecided(false));
  };
  const output = part.state === 'output-error' ? part.errorText : part.output;
  return (
    <section className="tool" aria-label={`Tool ${getToolName(part)}`} data-state={part.state}>
      <h4>
        {getToolName(part)} <small>{STATES[part.state]}</small>
      </h4>
      <dl>
        {Object.entries(Object(part.input)).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{textOf(value)}</dd>
          </div>
        ))}
        {output !== undefined && (
          <div>
            <dt>result</dt>
            <dd>{textOf(output)}</dd>
          </div>
        )}
      </dl>
      {part.state === 'approval-requested' && (
        <div className="decision">
          <button type="button" disabled={isDecided} onClick={() => decide(true)}>
            Approve
          </button>
          <button type="button" disabled={isDecided} onClick={() => decide(false)}>
            Deny
          </button>
        </div>
      )}
    </section>
  );
};

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
