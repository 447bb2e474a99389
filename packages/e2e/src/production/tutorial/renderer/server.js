import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

createServer(async (request, response) => {
  const markdown = await text(request);
  const html = markdown.replaceAll(/^# (.*)$/gm, '<h1>$1</h1>').replaceAll(/\*\*(.+?)\*\*/g, '<strong>$1</strong>');
  response.end(html);
}).listen(process.env.PORT);
