import { once } from 'node:events'
import { startStreamloop } from './demo/child.js'
import { Report } from './demo/report.js'
import { give, takeBack } from './demo/story.js'

/**
 * Acts as a user, a script, an app and an AI agent against Streamloop, and ends with 1 if anything is not as it should be. With `--stay` the
 * dashboard goes on until it is interrupted, with something to look at.
 */
const stays = process.argv.includes('--stay')
const { origin, end } = await startStreamloop(process.env.PORT)
console.log(`Streamloop runs on ${origin}, on a store in memory.`)
const report = new Report()
let code: number | null
try {
  await takeBack(await give(origin, report), origin, report)
  const right = report.steps - report.wrong.length
  report.chapter(`${right} of ${report.steps} answers are as they should be`)
  for (const what of report.wrong) console.log(`  ✗ ${what}`)
  if (stays) {
    const { agent } = await give(origin, new Report(() => {}))
    await agent.close()
    console.log(`\nThe dashboard is at ${origin}/settings. Sign in as alice. Ctrl+C ends it.`)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  }
} finally {
  code = await end()
}
console.log(code === 0 ? 'Streamloop ended cleanly when it was told to.' : `Streamloop ended with ${code}.`)
process.exitCode = report.wrong.length === 0 && code === 0 ? 0 : 1
