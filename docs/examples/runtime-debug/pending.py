import asyncio

async def waits():
    await asyncio.get_running_loop().create_future()

async def main():
    asyncio.create_task(waits(), name="waits")
    await asyncio.sleep(0)

loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
