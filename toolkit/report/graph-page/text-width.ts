const FONTS = { name: '600 13px system-ui, sans-serif', caption: '11px system-ui, sans-serif' } as const;
let context: CanvasRenderingContext2D | null | undefined;

/** A text cut with `…` so that it is at most so many pixels wide. */
export function fitText(text: string, width: number, font: keyof typeof FONTS): string {
  context ??= document.createElement('canvas').getContext('2d');
  if (context === null) return text.slice(0, Math.floor(width / 7));
  context.font = FONTS[font];
  if (context.measureText(text).width <= width) return text;
  let length = Math.min(text.length - 1, Math.floor(width / 3));
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}
