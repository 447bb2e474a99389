import type { Request, Response } from 'express';

/** A request and its response. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
}
