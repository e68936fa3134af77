import { useEffect, useState } from 'react';
import type { Model, Sluice } from './sluice.ts';

const STORED = 'model';
/** A name with its date is the same model once more. */
const DATED = /\d{8}$|\d{4}-\d{2}-\d{2}$|-\d{4}$/;

/** The model that the user chose, in this browser. */
export const useModel = (sluice: Sluice): [string, (model: string) => void] => {
  const [model, setModel] = useState(localStorage.getItem(STORED) ?? sluice.model);
  const choose = (name: string): void => {
    localStorage.setItem(STORED, name);
    setModel(name);
  };
  return [model, choose];
};

interface Props {
  readonly sluice: Sluice;
  readonly model: string;
  readonly onChoose: (model: string) => void;
}

/** The models that the user's key may call. */
export const ModelPicker = ({ sluice, model, onChoose }: Props) => {
  const [models, setModels] = useState<readonly Model[]>([]);
  useEffect(() => {
    // Without the list there is the model that the server named.
    sluice.models().then(setModels, () => undefined);
  }, [sluice]);
  const offered = models.filter(({ id }) => !DATED.test(id));
  const makers = [...new Set(offered.map(({ owned_by }) => owned_by))];
  return (
    <select aria-label="Model" value={model} onChange={({ target }) => onChoose(target.value)}>
      {offered.every(({ id }) => id !== model) && <option>{model}</option>}
      {makers.map((maker) => (
        <optgroup key={maker} label={maker}>
          {offered
            .filter(({ owned_by }) => owned_by === maker)
            .map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
        </optgroup>
      ))}
    </select>
  );
};
