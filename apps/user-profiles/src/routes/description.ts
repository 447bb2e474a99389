import type { Service } from '@run-edges/service';

/** The OpenAPI description, which was made when the routes were written: see openapi.test.ts. Loaded when somebody asks. */
export function addDescriptionRoute(app: Service): void {
  app.get('/openapi.json', { schema: { hide: true } }, async () => {
    const { default: description } = await import('../openapi.json', { with: { type: 'json' } });
    return description;
  });
}
