import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { queries } from "@/api/queries";
import { startWords } from "@/lib/i18n";
import { router } from "@/router";
import "@/styles/index.css";

const element = document.getElementById("root");
if (element) {
  await startWords();
  createRoot(element).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Suspense>
          <RouterProvider router={router} />
        </Suspense>
      </QueryClientProvider>
    </StrictMode>,
  );
}
