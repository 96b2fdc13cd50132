import { API_TOKEN } from '../core/credential.js'

/** What a scanner needs to know of one kind of credential with one prefix. */
export interface Pattern {
  /** One word, of its own. */
  readonly name: string
  readonly kind: string
  readonly prefix: string
  /** A regular expression of the common subset: RE2, Hyperscan, PCRE and JavaScript read it alike. */
  readonly expression: string
  /** Well-formed, and never issued. */
  readonly samples: readonly string[]
}

type Write = (patterns: readonly Pattern[]) => string

/** How each scanner wants to be told. Nothing in a pattern needs quotes beyond these. */
export const DETECTORS = {
  /** Rules of a `.gitleaks.toml`. */
  gitleaks: (patterns) =>
    patterns
      .map(({ name, kind, prefix, expression }) =>
        lines(
          '[[rules]]',
          `id = "${name.replaceAll('_', '-')}"`,
          `description = "Of tokenloop (${kind}): begins with ${prefix}_"`,
          `regex = '''\\b(${expression})\\b'''`,
          'secretGroup = 1',
          `keywords = ["${prefix.toLowerCase()}_"]`,
        ),
      )
      .join('\n\n'),

  /** Custom detectors of trufflehog, for its `--config`. */
  trufflehog: (patterns) =>
    lines(
      'detectors:',
      ...patterns.flatMap(({ name, prefix, expression }) => [
        `  - name: ${name}`,
        '    keywords:',
        `      - ${prefix}_`,
        '    regex:',
        `      token: '\\b(${expression})\\b'`,
      ]),
    ),

  /** What GitHub asks for: a custom pattern, or what a partner hands in; of the kind that `githubAlerts` knows. */
  github: (patterns) =>
    patterns
      .filter(({ kind }) => kind === API_TOKEN.kind)
      .map(({ name, expression, samples }) =>
        lines(
          `Secret type: ${name}`,
          `Secret format: ${expression}`,
          'Before secret: \\A|[^0-9A-Za-z]',
          'After secret: \\z|[^0-9A-Za-z]',
          'Samples:',
          ...samples.map((sample) => `  ${sample}`),
        ),
      )
      .join('\n\n'),
} satisfies Readonly<Record<string, Write>>

export type Detector = keyof typeof DETECTORS

function lines(...all: readonly string[]): string {
  return all.join('\n')
}
