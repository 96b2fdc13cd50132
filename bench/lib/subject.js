/*
 * The process of one subject. It is told which module to load, whose default export makes ready what is measured; and then, over
 * and over, how many calls to make, each of which may be several. It answers what they took, in microseconds.
 */

/** @type {{ begin: () => Promise<(i: number) => unknown>, most?: number, facts?: object, perCall?: number }} */
let subject

process.on('message', async ({ module, args, calls }) => {
  if (module !== undefined) {
    subject = await (await import(module)).default(...args)
    process.send?.({ most: subject.most ?? 10_000_000, facts: subject.facts, perCall: subject.perCall ?? 1 })
    return
  }
  const call = await subject.begin()
  const begun = performance.now()
  const start = process.cpuUsage()
  for (let i = 0; i < calls; i++) await call(i)
  const { user, system } = process.cpuUsage(start)
  process.send?.({ cpu: user + system, wall: (performance.now() - begun) * 1000 })
})
process.on('disconnect', () => process.exit())
