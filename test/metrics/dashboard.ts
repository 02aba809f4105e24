import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../../src/metrics/grafana/dashboard.json');

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: { readonly uid: string };
  readonly targets: readonly {
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: { readonly uid: string };
  }[];
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

export const dashboard = JSON.parse(readFileSync(FILE, 'utf8')) as Dashboard;

/** An expression of the dashboard as Grafana sends it with all of everything chosen. */
export const chosen = (expression: string) =>
  expression.replaceAll('$__rate_interval', '30s').replaceAll(/"\$[a-z_]+"/g, '".*"');

export const expressions: readonly string[] = dashboard.panels.flatMap(({ targets }) =>
  targets.map(({ expr }) => chosen(expr)),
);
