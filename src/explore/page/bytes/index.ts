import type { View } from '../view.js';

export class BytesView implements View {
  readonly id = 'bytes';
  readonly title = 'Bytes';

  mount(_panel: HTMLElement, _changed: () => void): void {}

  save(): URLSearchParams {
    return new URLSearchParams();
  }

  load(_from: URLSearchParams): void {}
}
