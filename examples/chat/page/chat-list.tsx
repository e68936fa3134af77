import type { Thread } from './sluice.ts';

interface Props {
  readonly threads: readonly Thread[];
  readonly current: string;
  /** On a phone; beside the chat it is always there. */
  readonly isOpen: boolean;
  readonly onOpen: (threadId: string) => void;
  readonly onNew: () => void;
}

export const ChatList = ({ threads, current, isOpen, onOpen, onNew }: Props) => (
  <nav id="chats" aria-label="Chats" data-open={isOpen}>
    <button type="button" onClick={onNew}>
      New chat
    </button>
    <ul>
      {threads.map(({ id, title }) => (
        <li key={id}>
          <a
            href={`?thread=${id}`}
            aria-current={id === current ? 'page' : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              onOpen(id);
            }}
          >
            {title ?? 'Untitled chat'}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);
