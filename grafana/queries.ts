// The expressions in the files that are shipped, as Grafana and Prometheus read them from there.
import { parse } from 'yaml';

/** An expression, and where it stands, in words. */
export interface AskedQuery {
  readonly where: string;
  readonly expr: string;
}

/** An alert rule. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface StoredPanel {
  readonly title?: string;
  readonly type?: string;
  readonly targets?: readonly { readonly expr?: string; readonly refId?: string }[];
}

interface StoredDashboard {
  readonly panels?: readonly StoredPanel[];
  readonly templating?: { readonly list?: readonly { readonly name?: string; readonly query?: unknown }[] };
}

/** The expressions of a dashboard's panels, in their order. */
export function panelQueries(json: string): AskedQuery[] {
  const { panels = [] } = JSON.parse(json) as StoredDashboard;
  return panels.flatMap(({ title = '', type, targets = [] }) => {
    if (type !== 'row' && targets.length === 0) throw new Error(`the panel "${title}" asks nothing`);
    return targets.map(({ expr = '', refId = '' }) => ({
      where: `panel "${title}"${targets.length > 1 ? ` ${refId}` : ''}`,
      expr,
    }));
  });
}

/** The selectors whose labels fill a dashboard's variables. */
export function variableQueries(json: string): AskedQuery[] {
  const { templating } = JSON.parse(json) as StoredDashboard;
  return (templating?.list ?? []).flatMap(({ name = '', query }) => {
    const [, expr] = /^label_values\((.+),\s*\w+\)$/.exec(typeof query === 'string' ? query : '') ?? [];
    return expr === undefined ? [] : [{ where: `variable $${name}`, expr }];
  });
}

/** The rules of a Prometheus rules file. */
export function alertRules(yaml: string): AlertRule[] {
  const { groups } = parse(yaml) as { groups: readonly { readonly rules: readonly AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** The expressions of alert rules. */
export function alertQueries(rules: readonly AlertRule[]): AskedQuery[] {
  return rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr }));
}
