// A panel as this project writes one, and the Grafana Foundation SDK's panel made of it. One look for all dashboards.
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Grafana's names of the units that panels use. */
type Unit = 'short' | 's' | 'bytes' | 'Bps' | 'ops' | 'reqps' | 'percentunit' | 'dateTimeFromNow';

/** One expression of a panel. `$labels` stands for the matchers of the dashboard's variables. */
export interface Query {
  readonly expr: string;
  /** How its series are called, with `{{label}}`. */
  readonly legend: string;
}

/** A value from which on a figure is shown in this colour. */
type Limit = readonly [from: number, colour: 'green' | 'yellow' | 'red'];

/** A panel: one question, in the title and the description, and the expressions that answer it. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** One figure instead of a curve. */
  readonly kind?: 'stat';
  /** Areas on top of each other, where their sum means something. */
  readonly stacked?: true;
  /** The first limit starts at the bottom. */
  readonly limits?: readonly Limit[];
}

/** Panels under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** The matchers that `$labels` stands for. */
const LABELS = 'job=~"$job",instance=~"$instance"';

/** The data source that the dashboard's variable names. */
export const SOURCE = { type: 'prometheus', uid: '$datasource' };

const STAT = { width: 4, height: 4 };
const CURVE = { width: 8, height: 8 };

/** The heading of a row. */
export function rowOf({ title }: Row): RowBuilder {
  return new RowBuilder(title);
}

/** The SDK's panel. */
export function panelOf(panel: Panel): StatBuilder | TimeseriesBuilder {
  const built = panel.kind === 'stat' ? statOf() : curveOf(panel);
  built.title(panel.title).description(panel.description).unit(panel.unit).datasource(SOURCE);
  if (panel.limits !== undefined) built.thresholds(thresholdsOf(panel.limits));
  for (const [index, query] of panel.queries.entries()) built.withTarget(targetOf(panel, query, index));
  return built;
}

function targetOf({ kind }: Panel, { expr, legend }: Query, index: number): DataqueryBuilder {
  const target = new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .expr(expr.replaceAll('$labels', LABELS))
    .legendFormat(legend);
  return kind === 'stat' ? target.instant() : target.range();
}

function statOf(): StatBuilder {
  return new StatBuilder()
    .span(STAT.width)
    .height(STAT.height)
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

function curveOf({ stacked, limits }: Panel): TimeseriesBuilder {
  const legend = new common.VizLegendOptionsBuilder()
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom)
    .showLegend(true);
  const tooltip = new common.VizTooltipOptionsBuilder()
    .mode(common.TooltipDisplayMode.Multi)
    .sort(common.SortOrder.Descending);
  const built = new TimeseriesBuilder()
    .span(CURVE.width)
    .height(CURVE.height)
    .min(0)
    .lineWidth(1)
    .fillOpacity(stacked ? 30 : 0)
    .showPoints(common.VisibilityMode.Never)
    .legend(legend)
    .tooltip(tooltip);
  if (stacked) built.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (limits !== undefined) built.thresholdsStyle(dashedLine());
  return built;
}

function dashedLine(): common.GraphThresholdsStyleConfigBuilder {
  return new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed);
}

function thresholdsOf(limits: readonly Limit[]): ThresholdsConfigBuilder {
  const steps: Threshold[] = limits.map(([from, color], index) => ({
    value: index === 0 ? null : from,
    color,
  }));
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
