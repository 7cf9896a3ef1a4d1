import { onWillUnmount, useExternalListener } from "@odoo/owl";

/**
 * Calls `read` again and again while the page is looked at: never two at once, not while the tab is
 * hidden, at once when it is shown again. `read` returns false when there is nothing more to wait for.
 */
export function usePolling(read, seconds) {
    let timer = null;
    let isReading = false;
    let isOver = false;

    async function tick() {
        clearTimeout(timer);
        if (isOver || isReading || document.hidden) {
            return;
        }
        isReading = true;
        let goesOn = true;
        try {
            goesOn = await read();
        } finally {
            isReading = false;
            if (!isOver && goesOn !== false) {
                timer = setTimeout(tick, seconds * 1000);
            }
        }
    }

    useExternalListener(document, "visibilitychange", tick);
    onWillUnmount(() => {
        isOver = true;
        clearTimeout(timer);
    });
    return { start: () => (timer = setTimeout(tick, seconds * 1000)), tick };
}
