import type { Picture } from "./talk";

/** The largest picture that is sent, in bytes. The gateway takes more; vendors do not. */
export const LARGEST = 5_000_000;
export const MOST_PICTURES = 8;
export const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

const read = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });

/** Pictures of files, and the names of those that are too large or none. */
export async function picturesOf(files: Iterable<File>): Promise<{ pictures: Picture[]; refused: string[] }> {
  const pictures: Picture[] = [];
  const refused: string[] = [];
  for (const file of files) {
    if (!TYPES.includes(file.type) || file.size > LARGEST) refused.push(file.name);
    else pictures.push({ name: file.name, url: await read(file), bytes: file.size });
  }
  return { pictures, refused };
}
