// Medians and percentiles of measurements.

/** The smallest measurement that a share of all do not exceed (nearest rank). Throws where there are none. */
export function percentile(measurements: readonly number[], share: number): number {
  const sorted = Float64Array.from(measurements).sort();
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new Error('nothing was measured');
  return found;
}

/** The middle one. */
export function median(measurements: readonly number[]): number {
  return percentile(measurements, 0.5);
}
