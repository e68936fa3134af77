import { useState, type ReactNode } from 'react';

interface Props {
  readonly isBusy: boolean;
  readonly canStop: boolean;
  readonly onSend: (text: string) => void;
  readonly onStop: () => void;
  /** Under the text. */
  readonly children: ReactNode;
}

export const Composer = ({ isBusy, canStop, onSend, onStop, children }: Props) => {
  const [text, setText] = useState('');
  const send = (): void => {
    if (isBusy || text.trim() === '') return;
    onSend(text);
    setText('');
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        aria-label="Message"
        placeholder="Say something"
        autoFocus
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      {isBusy ? (
        <button type="button" disabled={!canStop} onClick={onStop}>
          Stop
        </button>
      ) : (
        <button type="submit">Send</button>
      )}
      <div className="beside">{children}</div>
    </form>
  );
};
