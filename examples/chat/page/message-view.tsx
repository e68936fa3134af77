import { isToolUIPart } from 'ai';
import { memo } from 'react';
import { Markdown } from './markdown.tsx';
import { usd } from './money.ts';
import type { Message } from './rows.ts';
import { ToolCard } from './tool-card.tsx';

type Part = Message['parts'][number];

interface Props {
  readonly message: Message;
  readonly onDecide: (toolUseId: string, approve: boolean) => Promise<void>;
}

export const MessageView = memo(({ message, onDecide }: Props) => (
  <article
    data-role={message.role}
    data-id={message.id}
    aria-label={message.role === 'user' ? 'You' : 'Answer'}
  >
    {message.parts.map((part, index) => (
      <PartView key={index} part={part} role={message.role} onDecide={onDecide} />
    ))}
    {message.metadata !== undefined && (
      <footer>
        {[ENDS[message.metadata.status], usd(message.metadata.costMicros), message.metadata.model]
          .filter(Boolean)
          .join(' · ')}
      </footer>
    )}
  </article>
));

/** Of an answer that ended before it was whole. */
const ENDS: Readonly<Record<string, string>> = {
  cancelled: 'stopped',
  failed: 'failed',
  incomplete: 'ended early',
};

interface PartProps extends Pick<Props, 'onDecide'> {
  readonly part: Part;
  readonly role: Message['role'];
}

const PartView = ({ part, role, onDecide }: PartProps) => {
  if (isToolUIPart(part)) return <ToolCard part={part} onDecide={onDecide} />;
  if (part.type === 'text')
    return role === 'user' ? <p>{part.text}</p> : <Markdown text={part.text} />;
  if (part.type !== 'reasoning' || part.text === '') return null;
  return (
    <details className="thought" open>
      <summary>Thoughts</summary>
      <Markdown text={part.text} />
    </details>
  );
};
