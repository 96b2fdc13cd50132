import type { Parameters } from '../parameters.js'
import type { Rule } from '../refusal.js'

export const PROMPTS = ['none', 'login', 'consent', 'select_account'] as const

/** What a client wants a user to be asked (OpenID Connect Core section 3.1.2.1). */
export type Prompt = (typeof PROMPTS)[number]

const isPrompt = (value: string): value is Prompt => (PROMPTS as readonly string[]).includes(value)

/** The prompts of a request; those that nobody knows left out. */
export const promptsIn = (parameters: Parameters): ReadonlySet<Prompt> =>
  new Set((parameters.get('prompt') ?? '').split(' ').filter(isPrompt))

/** Values that are known, with one space between; `none` stands alone. */
export function checkPrompt(parameters: Parameters): Rule | undefined {
  const values = parameters.get('prompt')?.split(' ') ?? []
  const isAlone = !values.includes('none') || values.length === 1
  return values.every(isPrompt) && isAlone ? undefined : 'prompt_malformed'
}
