import { fileURLToPath } from 'node:url'
import express from 'express'

/** The files that pages refer to; what else is in this folder is no file of a page. */
export const assets = express.Router().get(/^\/(style\.css|page\.js|icon\.svg)$/, (req, res) => {
  res.set({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' })
  res.sendFile(fileURLToPath(new URL(`.${req.path}`, import.meta.url)))
})
