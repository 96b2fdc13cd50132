import type { Context } from './context.js'

/** From when on a sweep may remove what ends, or ended, at a moment; never what does not end. */
export const keepEnded = ({ keepEnded }: Pick<Context, 'keepEnded'>, endsAt: number | null): number | null =>
  endsAt === null ? null : endsAt + keepEnded
