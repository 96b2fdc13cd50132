import { Option } from 'commander'
import {
  bodyLength,
  CREDENTIAL_FORMATS,
  type CredentialFormat,
  fullPrefix,
  mintCredential,
} from '../../core/credential.js'
import { command } from '../command.js'
import { DETECTORS, type Detector, type Pattern } from '../detectors.js'
import { prefixOption } from '../options.js'

/** Of each kind and prefix, none of which was ever issued. */
const SAMPLES = 3

const TOOLS = Object.keys(DETECTORS) as readonly Detector[]

interface Options {
  readonly prefix: readonly string[]
  readonly for?: Detector
}

export const patterns = command({
  name: 'patterns',
  summary: 'print what scanners need to find your tokens',
  details: `A regular expression and samples for each kind of credential. The expression finds mistyped tokens too; \`scan\` and your API tell them
apart by their checksum. GitHub is told of API tokens alone, since those are what \`githubAlerts\` deals with.`,
  options: [
    prefixOption('what your tokens begin with; may be repeated').makeOptionMandatory(),
    new Option('--for <scanner>', 'for one of them alone, ready to be put into a file').choices(TOOLS),
  ],
  examples: [
    ['patterns --prefix acme --for gitleaks >> .gitleaks.toml', 'a rule for gitleaks'],
    ['patterns --prefix acme_live --prefix acme_test', 'for all scanners, in two environments'],
  ],
  run(_args, { prefix: prefixes, for: tool }: Options, out) {
    const found = prefixes.flatMap((prefix) => CREDENTIAL_FORMATS.map((format) => patternOf(format, prefix)))
    if (tool !== undefined) out.line(DETECTORS[tool](found))
    else for (const name of TOOLS) out.line(`# ${name}\n${DETECTORS[name](found)}\n`)
    return { json: { patterns: found.map((pattern) => ({ ...pattern })) } }
  },
})

function patternOf(format: CredentialFormat, prefix: string): Pattern {
  const full = fullPrefix(format, prefix)
  return {
    name: `${prefix}_${format.kind}`,
    kind: format.kind,
    prefix: full,
    expression: `${full}_[0-9A-Za-z]{${bodyLength(format)}}`,
    samples: Array.from({ length: SAMPLES }, () => mintCredential(format, full).text),
  }
}
