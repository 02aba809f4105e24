import type { View } from '../view.js';

export class PlanView implements View {
  readonly id = 'plan';
  readonly title = 'Plan';

  mount(_panel: HTMLElement, _changed: () => void): void {}

  save(): URLSearchParams {
    return new URLSearchParams();
  }

  load(_from: URLSearchParams): void {}
}
