import { checkText } from '../../../core/text.js'

const LONGEST = 100

/**
 * What a client calls itself. It is shown to users: no control characters, nothing that turns the direction of writing, and something
 * that can be seen. It is kept as it came; whoever shows it escapes it.
 */
export function isClientName(value: unknown): value is string {
  try {
    checkText(value, { label: 'the name of a client', code: 'invalid_name', max: LONGEST })
  } catch {
    return false
  }
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(value as string)
}
