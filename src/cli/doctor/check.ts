import type { Json } from '../../core/json.js'
import type { Answer } from './answer.js'

/** What a check found: nothing to mend; what is wrong; or why there was nothing to look at. */
export type Verdict = 'passed' | { readonly failed: string } | { readonly skipped: string }

/** One thing that a deployment has to do, judged by what was fetched from it. */
export interface Check<Survey> {
  readonly id: string
  /** Where it is demanded. */
  readonly source: string
  readonly what: string
  /** Whether it is demanded, or good practice. */
  readonly severity: 'must' | 'should'
  judge(survey: Survey): Verdict
}

/** A check with what it found. */
export interface Finding {
  readonly id: string
  readonly source: string
  readonly what: string
  readonly result: 'passed' | 'failed' | 'warned' | 'skipped'
  readonly why?: string
}

export const examine = <Survey>(checks: readonly Check<Survey>[], survey: Survey): readonly Finding[] =>
  checks.map(({ id, source, what, severity, judge }) => {
    const verdict = judge(survey)
    if (verdict === 'passed') return { id, source, what, result: verdict }
    if ('skipped' in verdict) return { id, source, what, result: 'skipped', why: verdict.skipped }
    return { id, source, what, result: severity === 'must' ? 'failed' : 'warned', why: verdict.failed }
  })

export const failed = (why: string): Verdict => ({ failed: why })
export const skipped = (why: string): Verdict => ({ skipped: why })

/** Passed, unless something is wrong. */
export const unless = (isWrong: boolean, why: string): Verdict => (isWrong ? failed(why) : 'passed')

/** Failed with the first thing that is wrong. */
export const noneOf = (wrongs: readonly string[]): Verdict =>
  wrongs[0] === undefined ? 'passed' : failed(wrongs.join('; '))

/** Judges an answer, where one was asked for and came. */
export function about(answer: Answer | undefined, judge: (answer: Answer) => Verdict): Verdict {
  if (answer === undefined) return skipped('the deployment does not name it')
  return answer.fault === undefined ? judge(answer) : failed(`${quoted(answer.url)}: ${answer.fault}`)
}

const LONGEST = 100

/** What somebody else said, so that it can be printed: short, and nothing that a terminal would obey. */
export const quoted = (value: Json | undefined): string => plain(JSON.stringify(value) ?? 'nothing')

/** The same for what needs no quotes. */
export function plain(text: string): string {
  const escaped = text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return escaped.length > LONGEST ? `${escaped.slice(0, LONGEST)}…` : escaped
}

/** The texts of a list; none where it is no list. */
export const textsIn = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
