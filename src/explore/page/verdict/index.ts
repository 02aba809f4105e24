import type { View } from '../view.js';

export class VerdictView implements View {
  readonly id = 'verdict';
  readonly title = 'Verdict';

  mount(_panel: HTMLElement, _changed: () => void): void {}

  save(): URLSearchParams {
    return new URLSearchParams();
  }

  load(_from: URLSearchParams): void {}
}
