<?php

declare(strict_types=1);

use RR\Exception\ServiceException;
use RR\Http\Request;
use RR\Http\Response;
use RR\Rpc;

/**
 * The shop: what it has in stock it asks the service `inventory`, which is part of the server.
 */
final class Shop
{
    /**
     * @param Closure(array<string, int>, mixed): void $page prints the page
     */
    public function __construct(private readonly Rpc $rpc, private readonly Closure $page)
    {
    }

    public function handle(Request $request): Response
    {
        return match ([$request->method, $request->path()]) {
            ['GET', '/'], ['HEAD', '/'] => $this->page($request->query()['note'] ?? ''),
            ['GET', '/stock'] => Response::json($this->rpc->call('inventory.Stock')),
            ['POST', '/buy'] => $this->buy($request->form()['article'] ?? ''),
            default => Response::text("There is nothing here.\n", 404),
        };
    }

    private function buy(mixed $article): Response
    {
        try {
            $left = $this->rpc->call('inventory.Take', (string) $article);
            $note = "Bought one of $article, $left left.";
        } catch (ServiceException $refused) {
            $note = ucfirst($refused->error) . '.';
        }

        return new Response(303, '', ['Location' => '/?' . http_build_query(['note' => $note])]);
    }

    private function page(mixed $note): Response
    {
        $stock = $this->rpc->call('inventory.Stock');
        ob_start();
        try {
            ($this->page)($stock, $note);

            return Response::html((string) ob_get_contents());
        } finally {
            ob_end_clean(); // also where the page fails: what is left open would swallow the next one
        }
    }
}
