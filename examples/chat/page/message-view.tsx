import { getToolName, isToolUIPart, type UIMessage } from 'ai';
import { memo } from 'react';

type Part = UIMessage['parts'][number];

export const MessageView = memo(({ message }: { readonly message: UIMessage }) => (
  <article data-role={message.role} data-id={message.id}>
    {message.parts.map((part, index) => (
      <PartView key={index} part={part} />
    ))}
  </article>
));

const PartView = ({ part }: { readonly part: Part }) => {
  if (part.type === 'text') return <p>{part.text}</p>;
  if (part.type === 'reasoning') return <p className="thought">{part.text}</p>;
  if (!isToolUIPart(part)) return null;
  return (
    <details>
      <summary>
        {getToolName(part)} ({part.state})
      </summary>
      <pre>
        {JSON.stringify({ input: part.input, output: part.output ?? part.errorText }, null, 2)}
      </pre>
    </details>
  );
};
