export interface ReportAssets {
  /** Absolute path of the minified plotly. */
  readonly plotly: string;
  /** Absolute path of the style sheet that holds the fonts. */
  readonly fonts: string;
  /** False where both were fresh. */
  readonly built: boolean;
}

export function buildPlotly(options: {
  readonly root: string;
  readonly log: (line: string) => void;
}): Promise<ReportAssets>;
