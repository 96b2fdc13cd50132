import { STATUS_CODES } from 'node:http'
import { styleText } from 'node:util'
import type { Outcome } from './play.js'

const isTerminal = process.stdout.isTTY && !process.env.NO_COLOR
const WIDTH = Math.min(process.stdout.columns ?? 120, 120)
const INDENT = 10

const styled = (style: Parameters<typeof styleText>[0], text: string) => (isTerminal ? styleText(style, text) : text)

/** A secret begins with the id of its token, which may be shown; of what follows, nothing is. */
const withoutSecrets = (text: string) => text.replace(/\b(cl_\w{11})\w+/g, '$1…')

/** An answer in the room of a line: of a problem its code and what it says, of everything else what is not nothing. */
function short(text: string, room: number): string {
  const plain = withoutSecrets(text.startsWith('{') ? words(JSON.parse(text)) : text)
  return plain.length <= room ? plain : `${plain.slice(0, room - 1)}…`
}

function words(answer: object): string {
  if ('code' in answer && 'detail' in answer) return `${answer.code}: ${answer.detail}`
  return JSON.stringify(answer, (key, value) => (key === 'created_at' || value === null ? undefined : value))
}

export const printTitle = (title: string): void => console.log(`\n${styled('bold', title)}`)

/** A request, its answer, and what it shows or how it differs. */
export function printOutcome({ step, asked, status, text, differs }: Outcome): void {
  const answer = styled(status < 400 ? 'green' : 'yellow', `${status} ${STATUS_CODES[status]}`)
  const verdicts = differs.map((difference) => styled('red', `✗ ${withoutSecrets(difference)}`))
  console.log(`  ${styled('cyan', step.who.padEnd(INDENT))} ${asked}`)
  for (const line of [answer, short(text, WIDTH - INDENT - 3), ...verdicts]) {
    if (line !== '') console.log(`  ${''.padEnd(INDENT)} ${line}`)
  }
  if (differs.length === 0) console.log(`  ${''.padEnd(INDENT)} ${styled('dim', `✓ ${step.shows}`)}`)
}
