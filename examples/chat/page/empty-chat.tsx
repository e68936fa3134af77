/** With the simulated model these words do what they say; a real one reads them as any other. */
const SUGGESTIONS = [
  ['A long answer', 'Write a long answer, slow enough to press stop or to reload the page.'],
  ['A tool that asks first', 'Use a tool to send a postcard of the sea to Ada Lovelace.'],
  ['Some Markdown', 'Think, then show in a table what Sluice does.'],
] as const;

export const EmptyChat = ({ onPick }: { readonly onPick: (prompt: string) => void }) => (
  <section className="empty" aria-label="Suggestions">
    <h3>What would you like to see?</h3>
    <ul>
      {SUGGESTIONS.map(([title, prompt]) => (
        <li key={title}>
          <button type="button" onClick={() => onPick(prompt)}>
            <strong>{title}</strong>
            {prompt}
          </button>
        </li>
      ))}
    </ul>
  </section>
);
